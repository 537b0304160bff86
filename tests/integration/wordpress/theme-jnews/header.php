<!DOCTYPE html>
<html <?php language_attributes(); ?>>
<head>
<meta charset="<?php bloginfo( 'charset' ); ?>">
<meta name="viewport" content="width=device-width, initial-scale=1">
<?php wp_head(); ?>
</head>
<body <?php body_class(); ?>>
<div class="jeg_ad jeg_ad_top jnews_header_top_ads"><div class="ads-wrapper"></div></div>
<div class="jeg_viewport"><div class="jeg_header_wrapper"><div class="jeg_header normal">
	<div class="jeg_logo jeg_desktop_logo"><div class="site-title"><a href="<?php echo esc_url( home_url( '/' ) ); ?>"><?php bloginfo( 'name' ); ?></a></div></div>
	<div class="jeg_nav_item jeg_main_menu_wrapper"><ul class="jeg_menu jeg_main_menu"><?php wp_list_categories( array( 'title_li' => '' ) ); ?></ul></div>
	<div class="jeg_nav_item jeg_search_wrapper"><form action="<?php echo esc_url( home_url( '/' ) ); ?>" method="get" class="jeg_search_form"><input name="s" class="jeg_search_input" placeholder="Search..." type="text"><button type="submit" class="jeg_search_button">Search</button></form>
	<div class="jeg_search_result jeg_search_hide with_result"><div class="search-result-wrapper"></div><div class="search-link search-noresult">No Result</div><div class="search-link search-all-button">View All Result</div></div></div>
</div></div>
